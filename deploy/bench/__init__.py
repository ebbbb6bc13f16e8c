"""`make bench`: what the suite costs beside its bare broker and its bare gateway, as ratios of one run."""
