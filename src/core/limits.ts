/** Every limit and size that more than one layer must agree on, its unit in its name. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Plaintext of small contents that is compressed together, as one parcel. */
export const PARCEL_BYTES = 2 * MIB;
/** A content over this is read, compressed and restored in segments, in a parcel of its own. */
export const LARGE_CONTENT_BYTES = 1 * MIB;
/** Plaintext bytes of one segment of a large content. */
export const SEGMENT_BYTES = 2 * MIB;
/** A pack is closed when it reaches this. */
export const PACK_BYTES = 32 * MIB;
/** A content over this has a pack of its own, so that deleting it is an unlink. */
export const OWN_PACK_BYTES = 4 * MIB;
/** Deltas in a chain, whatever the setting says. */
export const CHAIN_LENGTH_MAX = 100;
/** Members of one parcel. */
export const PARCEL_MEMBERS_MAX = 16_384;
/** What a session has stored since its last checkpoint before it makes the next. */
export const CHECKPOINT_BYTES = 256 * MIB;
export const CHECKPOINT_INTERVAL_MS = 30_000;
