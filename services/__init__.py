"""The six services. Each owns its database; they never import each other."""
