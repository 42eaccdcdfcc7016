//! Throughput benches; see benches/benches.
