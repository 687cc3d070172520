"""What every room stands on: documents, files, frames, frozen values, opaque ids."""
