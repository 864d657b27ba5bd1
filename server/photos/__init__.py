"""Evidence: content-addressed originals, resumable uploads, renditions."""
