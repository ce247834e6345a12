-- The catalog of one client's repository, version 1. What each table is for, and how the rows
-- become a backup set again, is told in docs/format.md. Times are UTC. Never edited after release.

CREATE TABLE setting (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE backup_set (
  id             INTEGER PRIMARY KEY AUTOINCREMENT, -- grows with every run, never used again
  name           TEXT    NOT NULL UNIQUE,           -- of its own kind (Incomplete-…) until it is complete
  state          TEXT    NOT NULL CHECK (state IN ('running', 'complete', 'interrupted', 'failed')),
  priority       INTEGER NOT NULL,
  locked         INTEGER NOT NULL DEFAULT 0,        -- 1: no purge takes it
  started_ms     INTEGER NOT NULL,
  ended_ms       INTEGER,                           -- NULL while running and when the process died
  client_version TEXT    NOT NULL,
  command_line   BLOB,
  configuration  BLOB,
  cursor         BLOB,                              -- path of the last directory whose files are all in; NULL: none yet
  error          TEXT,                              -- why it failed
  counts         TEXT    NOT NULL DEFAULT '{}',     -- JSON object of core/backup-set.ts BackupCounts
  seal           BLOB                               -- of a complete set that is encrypted
) STRICT;

CREATE TABLE backup_root (                          -- what a set covers: these paths and all below them
  backup_set INTEGER NOT NULL REFERENCES backup_set,
  path       BLOB    NOT NULL,                      -- absolute, without a trailing slash; empty for the root
  PRIMARY KEY (backup_set, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE tag (
  name       TEXT PRIMARY KEY,
  backup_set INTEGER NOT NULL REFERENCES backup_set
) STRICT, WITHOUT ROWID;

CREATE TABLE name (                                 -- of directory entries, once each; bytes, not text
  id    INTEGER PRIMARY KEY,
  bytes BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE owner (
  id         INTEGER PRIMARY KEY,
  uid        INTEGER NOT NULL,
  gid        INTEGER NOT NULL,
  user_name  BLOB    NOT NULL,                      -- empty when the id has no name
  group_name BLOB    NOT NULL,
  UNIQUE (uid, gid, user_name, group_name)
) STRICT;

CREATE TABLE device (                               -- a mounted file system, known by its mount point
  id          INTEGER PRIMARY KEY,
  mount_point BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE directory (                            -- one that stays itself through renames; row 1 is "/"
  id       INTEGER PRIMARY KEY,
  device   INTEGER NOT NULL REFERENCES device,
  inode    INTEGER NOT NULL,                        -- as a signed 64-bit number
  birth_ns INTEGER NOT NULL,                        -- 0 where the file system does not tell
  digest   BLOB,                                    -- of its last listing; NULL: compare entry by entry
  seal     BLOB                                     -- of its last listing, where that is encrypted
) STRICT;
CREATE INDEX directory_by_inode ON directory (device, inode);

CREATE TABLE tree_seal (                            -- of a directory and all below it, in sets first_set..last_set
  directory INTEGER NOT NULL REFERENCES directory,
  first_set INTEGER NOT NULL REFERENCES backup_set,
  last_set  INTEGER,                                -- NULL: still so
  seal      BLOB    NOT NULL,
  PRIMARY KEY (directory, first_set)
) STRICT, WITHOUT ROWID;

CREATE TABLE pack (
  id   INTEGER PRIMARY KEY,
  name BLOB NOT NULL UNIQUE                         -- 16 random bytes; the file is packs/xx/<32 hex digits>.pack
) STRICT;

CREATE TABLE parcel (                               -- blobs compressed together: one record of a pack
  id       INTEGER PRIMARY KEY,
  pack     INTEGER NOT NULL REFERENCES pack,
  position INTEGER NOT NULL,                        -- of its first byte in the pack
  length   INTEGER NOT NULL                         -- bytes in the pack, header included
) STRICT;

CREATE TABLE content (
  id           INTEGER PRIMARY KEY,
  prefix       INTEGER NOT NULL,                    -- first 6 bytes of hash, big-endian: what is searched by
  hash         BLOB    NOT NULL,                    -- the content id, 32 bytes
  size         INTEGER NOT NULL,                    -- plaintext bytes
  parcel       INTEGER NOT NULL REFERENCES parcel,
  member       INTEGER NOT NULL,                    -- index of its blob in the parcel
  basis        INTEGER REFERENCES content,          -- NULL: a full blob
  chain_length INTEGER NOT NULL                     -- deltas down to the full blob when it was stored; 0: full
) STRICT;
CREATE INDEX content_by_prefix ON content (prefix);
CREATE INDEX content_by_size ON content (size) WHERE size >= 4194304;

CREATE TABLE version (                              -- of one directory entry, in sets first_set..last_set
  directory     INTEGER NOT NULL REFERENCES directory,
  name          INTEGER NOT NULL REFERENCES name,
  first_set     INTEGER NOT NULL REFERENCES backup_set,
  last_set      INTEGER,                            -- NULL: still so
  kind          INTEGER NOT NULL,                   -- core/entry.ts KIND_CODES
  permissions   INTEGER NOT NULL,                   -- 12 bits, setuid, setgid and sticky included
  owner         INTEGER NOT NULL REFERENCES owner,
  size          INTEGER NOT NULL,
  mtime_ns      INTEGER NOT NULL,
  ctime_ns      INTEGER NOT NULL,
  inode         INTEGER NOT NULL,                   -- as a signed 64-bit number
  links         INTEGER NOT NULL,
  device_number INTEGER NOT NULL,                   -- of a device file: major * 2^20 + minor; else 0
  content       INTEGER REFERENCES content,         -- of a file; a symlink's target
  attributes    INTEGER REFERENCES content,         -- attribute bundle; NULL: nothing to keep
  child         INTEGER REFERENCES directory,       -- of a directory: where its entries are
  flags         INTEGER NOT NULL DEFAULT 0,         -- 1 racy: read again next time; 2 changed while read; 4 unreadable; saved without: 8 ACLs, 16 other extended attributes
  seal          BLOB,                               -- of an encrypted entry
  PRIMARY KEY (directory, name, first_set)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_by_name ON version (name);     -- what is searched by name over all sets
CREATE INDEX version_by_child ON version (child) WHERE child IS NOT NULL; -- what a path is found by, from below

CREATE TABLE pending (                              -- rows the journal does not have yet, and that no mark tells
  table_name TEXT    NOT NULL,                      -- directory (with its version rows), backup_set, content, setting, tag
  row_id     INTEGER NOT NULL,                      -- 0 of setting and tag: the whole table
  PRIMARY KEY (table_name, row_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal_mark (                         -- what the journal already has: the largest row id of a table
  table_name TEXT PRIMARY KEY,                      -- of version: the last set whose rows it has
  row_id     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
