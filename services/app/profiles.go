package app

import (
	"context"
	"errors"

	"bursar/config"
	"bursar/services"
	"bursar/services/internal/desk"
)

// profileStore is the settings file and the secrets as the desk needs them. It
// reads the file anew for every call: another process may have changed it.
type profileStore struct{ o Options }

func (s *profileStore) load() (config.Config, error) {
	cfg, err := s.o.Store.Load(config.Flags{}, s.o.Getenv)
	if err != nil {
		return cfg, storageError("reading the settings", err)
	}
	return cfg, nil
}

// Names lists the profiles, the sandbox among them.
func (s *profileStore) Names(context.Context) ([]string, error) {
	cfg, err := s.load()
	if err != nil {
		return nil, err
	}
	names := []string{services.SandboxProfile}
	for _, p := range cfg.Profiles() {
		names = append(names, p.Name)
	}
	return names, nil
}

// Load returns a profile; the sandbox is always there.
func (s *profileStore) Load(_ context.Context, name string) (config.Profile, bool, error) {
	if name == services.SandboxProfile {
		return config.Profile{Name: name, Mode: config.ModeTest, AccountName: "the built-in sandbox"}, true, nil
	}
	cfg, err := s.load()
	if err != nil {
		return config.Profile{}, false, err
	}
	p, ok := cfg.Get(name)
	return p, ok, nil
}

// Save stores the secrets first: a profile without its key says so, a key
// without its profile would be lost from sight.
func (s *profileStore) Save(ctx context.Context, name string, secrets desk.Secrets, change func(*config.Profile) error) error {
	if err := s.o.Paths.Make(); err != nil {
		return storageError("making bursar's folders", err)
	}
	if secrets.Passphrase != nil && *secrets.Passphrase != "" {
		s.o.Secrets.UsePassphrase(config.NewSecret(*secrets.Passphrase))
	}
	for kind, value := range map[config.Kind]*string{config.SecretKey: secrets.SecretKey, config.SigningSecret: secrets.SigningSecret} {
		if value == nil {
			continue
		}
		if _, err := s.o.Secrets.Set(ctx, name, kind, config.NewSecret(*value)); err != nil {
			return secretError("storing a secret", err)
		}
	}
	if err := s.o.Store.SaveProfile(ctx, name, change); err != nil {
		return storageError("saving the profile", err)
	}
	return s.useFirst(ctx, name)
}

// useFirst makes a profile the current one when the file names none, so that the
// first that is set up is the one that is used.
func (s *profileStore) useFirst(ctx context.Context, name string) error {
	cfg, err := s.o.Store.Load(config.Flags{}, func(string) string { return "" })
	if err == nil && cfg.Profile.V == "" {
		err = s.o.Store.UseProfile(ctx, name)
	}
	if err != nil {
		return storageError("choosing the profile", err)
	}
	return nil
}

// Secret returns a secret and where it came from; empty when it is not set.
func (s *profileStore) Secret(ctx context.Context, profile string, kind config.Kind) (value, from string, err error) {
	v, err := s.o.Secrets.Get(ctx, profile, kind)
	switch {
	case errors.Is(err, config.ErrNoSecret):
		return "", "", nil
	case err != nil:
		return "", "", secretError("reading a secret", err)
	}
	return v.V.Reveal(), string(v.From), nil
}

// Storage says where a profile's secrets are kept.
func (s *profileStore) Storage(ctx context.Context, profile string) (words string, needPassphrase bool) {
	return s.o.Secrets.Storage(ctx, profile)
}

// secretError says what a person can do about a secret that cannot be reached.
func secretError(op string, err error) error {
	var known *config.Error
	switch {
	case errors.Is(err, config.ErrPassphrase):
		return &services.Error{Code: services.CodeInvalid, Op: op, Field: services.FieldPassphrase,
			Message: "The passphrase of the secrets' file is missing or wrong.",
			Next:    "Enter it, or set BURSAR_PASSPHRASE.", Err: err}
	case errors.As(err, &known):
		return storageError(op, err)
	case errors.Is(err, config.ErrUnavailable):
		return &services.Error{Code: services.CodeStorage, Op: op, Message: "The keyring did not answer.",
			Next: "Unlock it and try again, or give the key by STRIPE_API_KEY.", Err: err}
	}
	return storageError(op, err)
}
