"""Pages about people and organisations, and the page on which any step of any object is taken."""
