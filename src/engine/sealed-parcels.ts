/** Parcels as they leave a worker: encrypted, where the repository is. */
import type { Parcel } from "../core/repository.ts";
import { release } from "../format/compress.ts";
import type { ParcelCipher, ParcelSealer } from "../format/parcel-cipher.ts";

/** Takes `parcels` over: those that were encrypted give their memory back. */
export function sealParcels(
  parcels: readonly Parcel[],
  cipher: ParcelCipher | undefined,
): readonly Parcel[] {
  return cipher === undefined ? parcels : parcels.map((parcel) => sealParcel(parcel, cipher));
}

function sealParcel({ members, bytes }: Parcel, cipher: ParcelCipher): Parcel {
  const sealed = cipher.seal(bytes);
  release(bytes);
  return { members, bytes: sealed };
}

/** The body of a parcel that is written in pieces. Each is a buffer of its own, perhaps empty. */
export function* sealedPieces(
  pieces: Iterable<Uint8Array>,
  sealer: ParcelSealer,
): Generator<Uint8Array, void> {
  for (const piece of pieces) {
    yield sealer.update(piece);
    release(piece);
  }
  yield sealer.finish();
}
