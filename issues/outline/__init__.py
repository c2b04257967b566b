"""The outline: the list of themes in numbered versions, the community's consent to them, and all of it on paper."""
