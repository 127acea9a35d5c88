"""Measurements of time, against the targets of the design; figures here, assertions about behaviour in the tests."""
