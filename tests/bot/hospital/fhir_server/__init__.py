"""An existing FHIR server for tests: Medplum's router over its repository in memory (`server.mjs`), started once."""
