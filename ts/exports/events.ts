/**
 * TensorBoard's event files: messages of event.proto and summary.proto, each framed as a TFRecord
 * (https://www.tensorflow.org/tutorials/load_data/tfrecord).
 */
import { crc32c } from './crc32c.js'
import { Message } from './protobuf.js'

/** What is shown at one step. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  wallTime: number
  step: number
  /** Values by tag; the format holds them as float32. */
  scalars: ReadonlyMap<string, number>
}

/** The bytes of an event file. */
export function eventFile(events: readonly ScalarEvent[]): Uint8Array {
  const version = new Message().double(1, events[0]?.wallTime ?? 0).bytes(3, 'brain.Event:2')
  return new Uint8Array(Buffer.concat([version, ...events.map(eventOf)].map((message) => framed(message.finish()))))
}

function eventOf({ wallTime, step, scalars }: ScalarEvent): Message {
  const summary = new Message()
  for (const [tag, number] of scalars) summary.bytes(1, new Message().bytes(1, tag).float(2, number))
  return new Message().double(1, wallTime).whole(2, step).bytes(5, summary)
}

/** Length and data, each with its checksum. */
function framed(data: Uint8Array): Uint8Array {
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(data.length), true)
  return Buffer.concat([length, masked(length), data, masked(data)])
}

/** The checksum, turned and shifted, so that one of data that holds checksums is no weaker. */
function masked(bytes: Uint8Array): Uint8Array {
  const crc = crc32c(bytes)
  const sum = new Uint8Array(4)
  new DataView(sum.buffer).setUint32(0, (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0, true)
  return sum
}
