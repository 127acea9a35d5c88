"""Measurements of time, against the targets in `docs/bench.md`; figures here, assertions about behaviour in the tests."""
