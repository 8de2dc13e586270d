"""Running models: stored weights, ONNX Runtime for the fast path, torch for hub models."""
