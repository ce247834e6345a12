/*
 * The few functions that src/format/librsync.ts calls, over librsync's job interface.
 *
 * One job runs at a time in an instance. The caller writes input into the buffer at
 * tardis_input(), takes output from the one at tardis_output(), and calls tardis_iterate() until
 * it answers RS_DONE or an error; all results are librsync's rs_result, passed through. The two
 * buffers have fixed places and sizes, so the only memory that depends on the data is the loaded
 * signature with its hash table (freed by tardis_end) and librsync's window of one block.
 *
 * Nothing here comes from outside but the basis of a patch: the module imports one function and
 * no system interface at all, which is why the clock, the log and the failed assertion are
 * replaced below.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "librsync.h"

#define EXPORT(name) __attribute__((export_name(#name))) name

/* Large enough that the cost of a call vanishes, small enough to stay in the second-level cache. */
#define INPUT_BYTES (64 * 1024)
#define OUTPUT_BYTES (64 * 1024)

/*
 * Copies up to `length` bytes of the basis, from byte `offset_high * 2^32 + offset_low`, to
 * `target`. Answers how many it copied: 0 at or beyond the end of the basis, negative on failure.
 */
__attribute__((import_module("env"), import_name("read_basis"))) int32_t
read_basis(uint32_t offset_low, uint32_t offset_high, void *target, uint32_t length);

static char input[INPUT_BYTES];
static char output[OUTPUT_BYTES];
static rs_buffers_t buffers;
static rs_job_t *job;
static rs_signature_t *signature;

char *EXPORT(tardis_input)(void) { return input; }
char *EXPORT(tardis_output)(void) { return output; }
size_t EXPORT(tardis_input_bytes)(void) { return sizeof input; }
size_t EXPORT(tardis_output_bytes)(void) { return sizeof output; }

static void end_job(void) {
  if (job != NULL) rs_job_free(job);
  job = NULL;
}

static rs_result start(rs_job_t *new_job) {
  end_job();
  job = new_job;
  return job == NULL ? RS_MEM_ERROR : RS_RUNNING;
}

/* Frees the job and the loaded signature, whatever state they are in. */
void EXPORT(tardis_end)(void) {
  end_job();
  if (signature != NULL) rs_free_sumset(signature);
  signature = NULL;
}

/* Input: a file. Output: its signature. */
rs_result EXPORT(tardis_begin_signature)(size_t block_bytes, size_t strong_bytes) {
  return start(rs_sig_begin(block_bytes, strong_bytes, RS_RK_BLAKE2_SIG_MAGIC));
}

/* Input: a signature. No output; tardis_begin_delta uses what was loaded. */
rs_result EXPORT(tardis_begin_load)(void) {
  tardis_end();
  return start(rs_loadsig_begin(&signature));
}

/* Input: the new file. Output: its delta against the loaded signature. */
rs_result EXPORT(tardis_begin_delta)(void) {
  if (signature == NULL) return RS_PARAM_ERROR;
  end_job();
  rs_result result = rs_build_hash_table(signature);
  return result == RS_DONE ? start(rs_delta_begin(signature)) : result;
}

static rs_result copy_from_basis(void *unused, rs_long_t offset, size_t *length, void **target) {
  (void)unused;
  int32_t copied =
      read_basis((uint32_t)offset, (uint32_t)((uint64_t)offset >> 32), *target, (uint32_t)*length);
  if (copied < 0) return RS_IO_ERROR;
  /* librsync would ask again for ever. */
  if (copied == 0) return RS_INPUT_ENDED;
  if ((size_t)copied > *length) return RS_INTERNAL_ERROR;
  *length = (size_t)copied;
  return RS_DONE;
}

/* Input: a delta. Output: the new file, whose old parts come from read_basis. */
rs_result EXPORT(tardis_begin_patch)(void) { return start(rs_patch_begin(copy_from_basis, NULL)); }

/*
 * Lets the job work on `input_bytes` bytes of input, of which the first `input_used` are gone,
 * with an empty output buffer. `is_last` says that no input follows these bytes. RS_BLOCKED asks
 * for more input or for the output to be taken: tardis_input_left and tardis_output_filled tell.
 */
rs_result EXPORT(tardis_iterate)(size_t input_used, size_t input_bytes, int is_last) {
  if (job == NULL || input_used > input_bytes || input_bytes > sizeof input) return RS_PARAM_ERROR;
  buffers.next_in = input + input_used;
  buffers.avail_in = input_bytes - input_used;
  buffers.eof_in = is_last;
  buffers.next_out = output;
  buffers.avail_out = sizeof output;
  return rs_job_iter(job, &buffers);
}

size_t EXPORT(tardis_input_left)(void) { return buffers.avail_in; }
size_t EXPORT(tardis_output_filled)(void) { return sizeof output - buffers.avail_out; }

/* librsync notes when a job began and ended; nothing here reads it. */
time_t time(time_t *result) {
  if (result != NULL) *result = 0;
  return 0;
}

/* In place of trace.c: the caller turns result codes into messages. */
int rs_trace_level = 0;
void rs_log0(int level, char const *function, char const *format, ...) {
  (void)level;
  (void)function;
  (void)format;
}

/* A broken assumption inside librsync stops the instance; the C library's version would print. */
_Noreturn void __assert_fail(const char *text, const char *file, int line, const char *function) {
  (void)text;
  (void)file;
  (void)line;
  (void)function;
  __builtin_trap();
}
