#!/usr/bin/env bash
# Builds the program for 64-bit ARM and runs it under an emulator: it must start, back up a small
# tree and give it back as it was. Needs Node, npm, Debian's apt and qemu-user-static; root is not
# needed. The C library of the foreign architecture is unpacked into a folder of the cache.
set -euo pipefail
cd "$(dirname "$0")/.."

BINARY=$PWD/dist/tardis-linux-arm64
# The target's loader and libraries, as /lib and /usr/lib below this folder.
SYSTEM=$PWD/.cache/arm64-root
LIBRARIES=(libc6 libstdc++6 libgcc-s1)

fail() {
  echo "arm64: $*" >&2
  exit 1
}

# apt with its state below $1: the machine's package lists, but a foreign architecture, and
# nothing installed. The machine's own configuration is only read.
foreign_apt() {
  local state=$1
  shift
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  touch "$state/status"
  apt-get --quiet=2 \
    -o APT::Architecture=arm64 -o APT::Architectures::=arm64 \
    -o Dir::State="$state" -o Dir::State::Lists="$state/lists" \
    -o Dir::State::status="$state/status" \
    -o Dir::Cache="$state/cache" -o APT::Sandbox::User= "$@"
}

unpack_libraries() {
  [ -e "$SYSTEM/complete" ] && return
  local state
  state=$(mktemp -d)
  foreign_apt "$state" update
  (cd "$state" && foreign_apt "$state" download "${LIBRARIES[@]}")
  rm -rf "$SYSTEM"
  mkdir -p "$SYSTEM"
  for package in "$state"/*.deb; do dpkg-deb --extract "$package" "$SYSTEM"; done
  touch "$SYSTEM/complete"
  rm -rf "$state"
}

tardis() { qemu-aarch64-static -L "$SYSTEM" "$BINARY" "$@"; }

# Something of each kind that a file system has.
make_tree() {
  local tree=$1
  mkdir -p "$tree/folder/empty"
  echo "a small file" > "$tree/small"
  head -c 3000000 /dev/urandom > "$tree/folder/large"
  : > "$tree/folder/nothing"
  printf 'name\n' > "$tree/folder/a name with blanks and $(printf '\303\274')"
  ln "$tree/small" "$tree/folder/hard-link"
  ln -s ../small "$tree/folder/symbolic-link"
  ln -s nowhere "$tree/dangling"
  mkfifo "$tree/fifo"
  chmod 4751 "$tree/small"
  truncate -s 40M "$tree/sparse"
  printf 'data behind a hole' | dd of="$tree/sparse" bs=1M seek=20 conv=notrunc status=none
  printf 'not UTF-8\n' > "$tree/$(printf '\377\200 name')"
  # Small enough for an architecture's own alignment of names to show.
  for length in 1 2 3 5 8 13 21 34 55 89 144 233; do
    : > "$tree/folder/$(printf "%0${length}d" 0)"
  done
  if [ "$(id -u)" = 0 ]; then
    mknod "$tree/device" c 1 3
    chown 1234:5678 "$tree/folder/large"
  fi
  if command -v setfattr > /dev/null; then
    setfattr -n user.tardis -v value "$tree/small" || echo "arm64: no extended attributes here"
    setfattr -n user.tardis -v folder "$tree/folder" || true
  fi
  if command -v setfacl > /dev/null; then setfacl -m u:1234:r "$tree/folder/large" || true; fi
  touch -h -d '1969-02-03 04:05:06.789012345' "$tree/dangling"
  touch -d '2001-02-03 04:05:06.789012345' "$tree/folder/nothing" "$tree/folder"
}

# A line for everything below $1: kind, mode, owner, links, size, time, target; then contents,
# extended attributes (ACLs are some), and which files have holes.
describe_tree() {
  (
    export LC_ALL=C
    cd "$1"
    # The size of a folder is its file system's affair.
    find . -type d -printf '%p %y %m %u %g %T@\n' -o -printf '%p %y %m %u %g %n %s %T@ %l\n' | sort
    find . -type f -exec sha256sum {} + | sort -k 2
    if command -v getfattr > /dev/null; then getfattr -R -h -d -m - -e hex . ; fi
    find . -type f -size +1M -printf '%p %S\n' | awk '{ print $1, ($2 < 1) }' | sort
  ) 2>&1
}

# Where regen puts what was backed up from folder $2, when told to write to $1.
restored_path() { echo "$1/$(basename "$2")"; }

compare() {
  diff <(describe_tree "$1") <(describe_tree "$2") || fail "what came back differs"
}

# Backs up, changes a file, backs up again, and restores the newer set.
check_round_trip() {
  local work tree
  work=$(mktemp -d)
  tree=$work/tree
  make_tree "$tree"
  tardis backup --local -R "$work/repository" --client t "$tree" || fail "backup"
  echo "changed" >> "$tree/folder/large"
  tardis backup --local -R "$work/repository" --client t "$tree" || fail "second backup"
  tardis regen -R "$work/repository" --client t -o "$work/out" "$tree" || fail "regen"
  compare "$tree" "$(restored_path "$work/out" "$tree")"
  rm -rf "$work"
}

node_modules/.bin/tsx build.ts --target linux-arm64 --outfile "$BINARY"
unpack_libraries
tardis --version || fail "the program does not start"
check_round_trip
echo "arm64: passed"
