/*
 * What a first backup costs at the least, whatever it is written in: walk a tree; open, read, hash
 * and compress its files in two threads; write one pack, and three rows of SQLite an entry. Nothing
 * that makes it a backup: no attributes are kept, no journal, no recovery, and large files that are
 * the same are stored twice.
 * For docs/performance.md:
 *
 *     cc -O2 -o /tmp/floor bench/floor.c -lpthread -lcrypto -lzstd -lsqlite3
 *     time /tmp/floor TREE /tmp/pack /tmp/catalog
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <zstd.h>

enum {
  WORKERS = 2,
  QUEUE = 32,
  JOB_FILES = 4096,
  SEGMENT_BYTES = 2 << 20,
  LARGE_BYTES = 1 << 20,
  HASH_PLACES = 1 << 18,
  ROWS_PER_COMMIT = 20000
};

/* Small files of together at most a segment, or one large file. */
typedef struct {
  int count;
  long bytes;
  char *paths[JOB_FILES];
  long sizes[JOB_FILES];
} job;

static job *queue[QUEUE];
static unsigned queue_head, queue_tail;
static int walked;
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_filled = PTHREAD_COND_INITIALIZER;
static pthread_cond_t queue_room = PTHREAD_COND_INITIALIZER;

static unsigned long known[HASH_PLACES][2];
static pthread_mutex_t known_lock = PTHREAD_MUTEX_INITIALIZER;

static int pack;
static sqlite3 *catalog;
static sqlite3_stmt *add_name, *add_version, *add_content;
static long entries;
static job *batch;

static sqlite3_stmt *prepared(const char *sql) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v2(catalog, sql, -1, &statement, NULL) != SQLITE_OK) abort();
  return statement;
}

static void push(job *next) {
  pthread_mutex_lock(&queue_lock);
  while (queue_tail - queue_head == QUEUE) pthread_cond_wait(&queue_room, &queue_lock);
  queue[queue_tail++ % QUEUE] = next;
  pthread_cond_signal(&queue_filled);
  pthread_mutex_unlock(&queue_lock);
}

static job *pop(void) {
  pthread_mutex_lock(&queue_lock);
  while (queue_tail == queue_head && !walked) pthread_cond_wait(&queue_filled, &queue_lock);
  job *next = queue_tail == queue_head ? NULL : queue[queue_head++ % QUEUE];
  pthread_cond_signal(&queue_room);
  pthread_mutex_unlock(&queue_lock);
  return next;
}

static int is_known(const unsigned char *digest) {
  unsigned long id[2];
  memcpy(id, digest, sizeof id);
  unsigned long place = id[0] % HASH_PLACES;
  int found = 0;
  pthread_mutex_lock(&known_lock);
  for (; known[place][0] != 0 && !found; place = (place + 1) % HASH_PLACES)
    found = known[place][0] == id[0] && known[place][1] == id[1];
  if (!found) memcpy(known[place], id, sizeof id);
  pthread_mutex_unlock(&known_lock);
  return found;
}

static void add_file(const char *folder, const char *name, long size) {
  int is_large = size >= LARGE_BYTES;
  job *target = is_large ? calloc(1, sizeof *target) : batch;
  int is_full = target != NULL &&
                (target->bytes + size > SEGMENT_BYTES || target->count == JOB_FILES);
  if (!is_large && (target == NULL || is_full)) {
    if (is_full) push(target);
    target = batch = calloc(1, sizeof *target);
  }
  if (asprintf(&target->paths[target->count], "%s/%s", folder, name) < 0) abort();
  target->sizes[target->count++] = size;
  target->bytes += size;
  if (is_large) push(target);
}

static void add_rows(const char *name, const struct statx *stat) {
  entries += 1;
  sqlite3_bind_int64(add_name, 1, entries);
  sqlite3_bind_blob(add_name, 2, name, strlen(name), SQLITE_STATIC);
  sqlite3_bind_int64(add_version, 1, entries);
  sqlite3_bind_int64(add_version, 2, stat->stx_ino);
  sqlite3_bind_int64(add_version, 3, stat->stx_mtime.tv_sec * 1000000000 + stat->stx_mtime.tv_nsec);
  sqlite3_bind_int64(add_version, 4, stat->stx_ctime.tv_sec * 1000000000 + stat->stx_ctime.tv_nsec);
  sqlite3_bind_int64(add_version, 5, stat->stx_size);
  sqlite3_bind_int64(add_version, 6, stat->stx_mode);
  sqlite3_bind_blob(add_content, 1, stat, SHA256_DIGEST_LENGTH, SQLITE_STATIC);
  sqlite3_bind_int64(add_content, 2, entries);
  sqlite3_stmt *all[] = {add_name, add_version, add_content};
  for (int i = 0; i < 3; i++) {
    sqlite3_step(all[i]);
    sqlite3_reset(all[i]);
  }
  if (entries % ROWS_PER_COMMIT == 0) sqlite3_exec(catalog, "COMMIT; BEGIN", NULL, NULL, NULL);
}

static void walk(int folder, const char *path) {
  DIR *listing = fdopendir(folder);
  char **below = NULL;
  int count = 0;
  for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
    const char *name = entry->d_name;
    struct statx stat;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
    if (statx(folder, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &stat) != 0) continue;
    add_rows(name, &stat);
    if (S_ISREG(stat.stx_mode)) add_file(path, name, stat.stx_size);
    if (!S_ISDIR(stat.stx_mode)) continue;
    below = realloc(below, (count + 1) * sizeof *below);
    below[count++] = strdup(name);
  }
  for (int i = 0; i < count; i++) {
    char *next;
    int opened = openat(folder, below[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (asprintf(&next, "%s/%s", path, below[i]) < 0) abort();
    if (opened >= 0) walk(opened, next);
    free(next);
    free(below[i]);
  }
  free(below);
  closedir(listing);
}

static void store(ZSTD_CCtx *zstd, char *output, const char *input, size_t length) {
  size_t stored = ZSTD_compress2(zstd, output, ZSTD_compressBound(SEGMENT_BYTES), input, length);
  if (write(pack, output, stored) != (ssize_t)stored) abort();
}

static void *work(void *unused) {
  (void)unused;
  ZSTD_CCtx *zstd = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, 2);
  ZSTD_CCtx_setParameter(zstd, ZSTD_c_minMatch, 7);
  ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, 21);
  char *input = malloc(SEGMENT_BYTES), *output = malloc(ZSTD_compressBound(SEGMENT_BYTES));
  char attributes[4096];
  unsigned char digest[SHA256_DIGEST_LENGTH];
  for (job *next; (next = pop()) != NULL; free(next)) {
    long filled = 0;
    for (int i = 0; i < next->count; i++) {
      struct statx stat;
      int file = open(next->paths[i], O_RDONLY | O_NOFOLLOW | O_NOATIME);
      free(next->paths[i]);
      if (file < 0) continue;
      statx(file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stat);
      flistxattr(file, attributes, sizeof attributes);
      if (next->sizes[i] < LARGE_BYTES) {
        ssize_t length = read(file, input + filled, next->sizes[i]);
        if (length > 0) {
          SHA256((unsigned char *)input + filled, length, digest);
          if (!is_known(digest)) filled += length;
        }
      } else {
        SHA256_CTX hash;
        SHA256_Init(&hash);
        for (ssize_t length; (length = read(file, input, SEGMENT_BYTES)) > 0;) {
          SHA256_Update(&hash, input, length);
          store(zstd, output, input, length);
        }
        SHA256_Final(digest, &hash);
      }
      close(file);
    }
    if (filled > 0) store(zstd, output, input, filled);
  }
  return NULL;
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  pack = open(arguments[2], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  if (pack < 0 || sqlite3_open(arguments[3], &catalog) != SQLITE_OK) return 1;
  sqlite3_exec(catalog,
               "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
               "CREATE TABLE name (id INTEGER PRIMARY KEY, name BLOB UNIQUE);"
               "CREATE TABLE version (id INTEGER PRIMARY KEY, inode, mtime, ctime, size, mode);"
               "CREATE TABLE content (id BLOB PRIMARY KEY, entry) WITHOUT ROWID; BEGIN",
               NULL, NULL, NULL);
  add_name = prepared("INSERT OR IGNORE INTO name VALUES (?, ?)");
  add_version = prepared("INSERT INTO version VALUES (?, ?, ?, ?, ?, ?)");
  add_content = prepared("INSERT OR IGNORE INTO content VALUES (?, ?)");
  pthread_t workers[WORKERS];
  for (int i = 0; i < WORKERS; i++) pthread_create(&workers[i], NULL, work, NULL);
  walk(open(arguments[1], O_RDONLY | O_DIRECTORY), arguments[1]);
  if (batch != NULL) push(batch);
  pthread_mutex_lock(&queue_lock);
  walked = 1;
  pthread_cond_broadcast(&queue_filled);
  pthread_mutex_unlock(&queue_lock);
  for (int i = 0; i < WORKERS; i++) pthread_join(workers[i], NULL);
  sqlite3_exec(catalog, "COMMIT", NULL, NULL, NULL);
  sqlite3_finalize(add_name);
  sqlite3_finalize(add_version);
  sqlite3_finalize(add_content);
  return sqlite3_close(catalog) == SQLITE_OK ? 0 : 1;
}
