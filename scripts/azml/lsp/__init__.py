"""The language server: a thin layer over core and validator, in the extra ``azml[lsp]``."""
