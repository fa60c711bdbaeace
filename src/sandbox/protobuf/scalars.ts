import { type BinaryReader, WireType } from "@bufbuild/protobuf/wire"

export interface Scalar {
  wire: WireType
  read(reader: BinaryReader): unknown
}

const { Varint, Bit64, LengthDelimited } = WireType

/** How single values travel. Numbers beyond 2^53 lose their last digits, as they do in JSON. */
export const scalars: Readonly<Record<string, Scalar>> = {
  string: { wire: LengthDelimited, read: (reader) => reader.string() },
  bytes: { wire: LengthDelimited, read: (reader) => Buffer.from(reader.bytes()).toString("base64") },
  json: { wire: LengthDelimited, read: (reader) => JSON.parse(Buffer.from(reader.bytes()).toString() || "null") },
  raw: { wire: LengthDelimited, read: (reader) => reader.bytes() },
  bool: { wire: Varint, read: (reader) => reader.bool() },
  int32: { wire: Varint, read: (reader) => reader.int32() },
  int64: { wire: Varint, read: (reader) => Number(reader.int64()) },
  double: { wire: Bit64, read: (reader) => reader.double() },
}
