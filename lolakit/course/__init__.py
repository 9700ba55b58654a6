"""What belongs to the book: checks of exercises, figures that move, mistakes."""
