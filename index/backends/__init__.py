"""The only room that imports engines: embedding models, FAISS, tantivy, onnxruntime. Each loads when first used."""
