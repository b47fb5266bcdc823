"""The site of the docs: pages of the repository and generated reference, built strictly by `make docs`."""
