"""The pages of reviews: a reviewer's work, panels, the expert pool."""
