// Package config is what bursar is told: its settings and profiles, where each
// value came from, and where secrets are kept.
//
// Settings live in one TOML file that a person may edit by hand: a save changes
// only the values that changed and keeps comments, order and keys it does not
// know. Secrets never go into that file; see OpenSecrets. The package reads no
// environment of its own: the caller passes a getenv function.
package config
