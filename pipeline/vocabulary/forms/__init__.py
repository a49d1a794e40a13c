"""Tables in text, the standard forms they follow, their labels and their arithmetic."""
