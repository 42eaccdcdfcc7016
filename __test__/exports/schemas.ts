/**
 * The messages of ONNX, TensorBoard and TFRecord that our files are made of, for protobufjs, which knows nothing of our writer: names and
 * numbers as in onnx.proto, event.proto and summary.proto.
 */
import protobuf from 'protobufjs'

const { root } = protobuf.parse(`
  syntax = "proto3";
  message ModelProto {
    int64 ir_version = 1; string producer_name = 2; string producer_version = 3; string domain = 4; int64 model_version = 5;
    string doc_string = 6; GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8;
    repeated StringStringEntryProto metadata_props = 14;
  }
  message OperatorSetIdProto { string domain = 1; int64 version = 2; }
  message StringStringEntryProto { string key = 1; string value = 2; }
  message GraphProto {
    repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5; string doc_string = 10;
    repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12; repeated ValueInfoProto value_info = 13;
  }
  message NodeProto {
    repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated AttributeProto attribute = 5;
  }
  message AttributeProto { string name = 1; float f = 2; int64 i = 3; bytes s = 4; int32 type = 20; }
  message TensorProto { repeated int64 dims = 1 [packed = false]; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
  message ValueInfoProto { string name = 1; TypeProto type = 2; }
  message TypeProto { Tensor tensor_type = 1; message Tensor { int32 elem_type = 1; TensorShapeProto shape = 2; } }
  message TensorShapeProto { repeated Dimension dim = 1; message Dimension { int64 dim_value = 1; string dim_param = 2; } }

  message Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
  message Summary { repeated Value value = 1; message Value { string tag = 1; oneof value { float simple_value = 2; } } }
`)

/** A message of `type` as a plain object; what the schemas do not name fails, as re-encoding would lose it. */
export function decoded<T>(type: string, bytes: Uint8Array): T {
  const message = root.lookupType(type)
  const value = message.decode(bytes)
  if (message.encode(value).finish().length !== bytes.length) throw new Error(`${type} holds fields that the schema does not name`)
  return message.toObject(value, { longs: Number, arrays: true }) as T
}

export interface Tensor {
  dims: number[]
  dataType: number
  name: string
  rawData: Uint8Array
}
interface Value {
  name: string
  type: { tensorType: { elemType: number; shape: { dim: { dimValue?: number; dimParam?: string }[] } } }
}
export interface Model {
  irVersion: number
  producerName: string
  opsetImport: { version: number }[]
  metadataProps: { key: string; value: string }[]
  graph: {
    name: string
    node: { input: string[]; output: string[]; opType: string; attribute: { name: string; i: number; type: number }[] }[]
    initializer: Tensor[]
    input: Value[]
    output: Value[]
  }
}
export interface Event {
  wallTime: number
  step?: number
  fileVersion?: string
  summary?: { value: { tag: string; simpleValue: number }[] }
}
