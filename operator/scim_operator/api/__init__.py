"""The three kinds of the API group scim-operator.io as models; crds/*.yaml are generated from them."""
