"""The few places where Rasa 3.6.21 is replaced or mended, each with its reason."""
