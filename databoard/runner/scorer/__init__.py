"""The scorer: the only holder of labels. It runs in the kit's environment and never meets student code.

`client` and `pool` are the side of the server; `process` is the program that holds X, labels and folds."""
