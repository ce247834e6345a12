/*
 * What librsync's sources ask of the machine they are compiled for, answered for wasm32-wasip1
 * with the compiler's own C library. Upstream generates this file with CMake from
 * src/config.h.cmake; the target is fixed here, so it is written by hand.
 *
 * Left undefined on purpose: DO_RS_TRACE (nobody reads traces), and everything about files
 * (fileutil.c and whole.c are not compiled; bytes come and go through shim.c).
 */
#ifndef TARDIS_LIBRSYNC_CONFIG_H
#define TARDIS_LIBRSYNC_CONFIG_H

#define PACKAGE "librsync"
#define VERSION "2.3.2"

/* Sizes of the ILP32 model of wasm32; off_t is 64 bits wide in its C library. */
#define SIZEOF_LONG 4
#define SIZEOF_LONG_LONG 8
#define SIZEOF_SIZE_T 4
#define SIZEOF_OFF_T 8
#define SIZEOF_UNSIGNED_INT 4
#define SIZEOF_UNSIGNED_LONG 4
#define SIZEOF_UNSIGNED_SHORT 2

#define HAVE_SYS_TYPES_H 1
#define HAVE_UNISTD_H 1
#define HAVE_FCNTL_H 1
#define HAVE___FUNC__ 1
#define HAVE_PRINTF_Z 1

#endif
