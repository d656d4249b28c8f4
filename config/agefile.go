package config

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"filippo.io/age"
)

const (
	// workFactor is scrypt's cost when a file is written, as a power of two: 2^17
	// with r=8 and p=1 takes 128 MiB and about half a second (OWASP Password Storage
	// Cheat Sheet's first choice for scrypt).
	workFactor = 17
	// maxWorkFactor is the most that a file may ask for: 2^18, what the age
	// program itself writes. More would let a tampered file fill the memory.
	maxWorkFactor = 18
	// secretFileLimit is the largest encrypted file that is read, in bytes.
	secretFileLimit = 64 << 10
)

// fileStore keeps each profile's secrets in one file of its own, encrypted by age
// with a passphrase (C2SP age specification, scrypt recipient). The file names its
// profile, so that one cannot be passed off as another's.
type fileStore struct {
	dir    string
	locks  string
	ask    func(context.Context, PassphraseAsk) (Secret, error)
	effort int

	mu         sync.Mutex // held while a file is read or written, also while asking
	passphrase Secret
	proven     bool // the passphrase has opened or made a file
	open       map[string]openFile
}

// openFile is a file that was decrypted in this run, and the bytes it came from.
type openFile struct {
	sealed  []byte
	secrets map[Kind]string
}

// sealedFile is the content of an encrypted file.
type sealedFile struct {
	Version int             `json:"version"`
	Profile string          `json:"profile"`
	Secrets map[Kind]string `json:"secrets"`
}

func newFileStore(p Paths, ask func(context.Context, PassphraseAsk) (Secret, error)) *fileStore {
	return &fileStore{dir: p.Secrets(), locks: p.State, ask: ask, effort: workFactor, open: map[string]openFile{}}
}

func (f *fileStore) path(profile string) string { return filepath.Join(f.dir, profile+".age") }

// has reports whether the profile has a file.
func (f *fileStore) has(profile string) bool {
	_, err := os.Stat(f.path(profile))
	return profileName.MatchString(profile) && err == nil
}

// use gives a passphrase that was not asked for by the store itself. Another one
// than before has to open the files itself: it must not become theirs by a save.
func (f *fileStore) use(p Secret) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !p.Equal(f.passphrase) {
		f.passphrase, f.proven = p, false
		clear(f.open)
	}
}

// unlocked reports whether a passphrase has been given.
func (f *fileStore) unlocked() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.passphrase.IsZero()
}

// Get returns the secret, or ErrNoSecret.
func (f *fileStore) Get(ctx context.Context, profile string, kind Kind) (Secret, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	held, err := f.read(ctx, profile)
	if err != nil {
		return Secret{}, err
	}
	if text, ok := held[kind]; ok {
		return NewSecret(text), nil
	}
	return Secret{}, ErrNoSecret
}

// Set keeps the secret.
func (f *fileStore) Set(ctx context.Context, profile string, kind Kind, s Secret) error {
	return f.change(ctx, profile, func(held map[Kind]string) { held[kind] = s.Reveal() })
}

// Delete forgets the secret.
func (f *fileStore) Delete(ctx context.Context, profile string, kind Kind) error {
	if !f.has(profile) {
		return nil
	}
	return f.change(ctx, profile, func(held map[Kind]string) { delete(held, kind) })
}

// Where says "passphrase-protected file".
func (f *fileStore) Where() Source { return "passphrase-protected file" }

// remove deletes a profile's file.
func (f *fileStore) remove(ctx context.Context, profile string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return locked(ctx, f.lock(), func() error {
		delete(f.open, profile)
		if err := os.Remove(f.path(profile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fileError("The secrets of profile "+profile+" cannot be deleted", err)
		}
		return nil
	})
}

func (f *fileStore) lock() string { return filepath.Join(f.locks, "secrets.lock") }

func (f *fileStore) change(ctx context.Context, profile string, fn func(map[Kind]string)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.need(ctx, profile); err != nil { // before the lock: a person may take long
		return err
	}
	return locked(ctx, f.lock(), func() error {
		held, err := f.read(ctx, profile)
		if err != nil && !errors.Is(err, ErrNoSecret) {
			return err
		}
		next := map[Kind]string{}
		maps.Copy(next, held)
		fn(next)
		sealed, err := f.seal(sealedFile{Version: 1, Profile: profile, Secrets: next})
		if err != nil {
			return err
		}
		if err := writeFile(f.path(profile), sealed); err != nil {
			return fileError("The secrets of profile "+profile+" cannot be saved", err)
		}
		f.open[profile], f.proven = openFile{sealed, next}, true
		return nil
	})
}

// read returns what a profile's file holds, ErrNoSecret when there is no file.
// A file is decrypted once, and again only when its bytes have changed.
func (f *fileStore) read(ctx context.Context, profile string) (map[Kind]string, error) {
	if !profileName.MatchString(profile) {
		return nil, ErrNoSecret
	}
	sealed, err := readLimited(f.path(profile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoSecret
	}
	if err != nil {
		return nil, fileError("The secrets of profile "+profile+" cannot be read", err)
	}
	if o, ok := f.open[profile]; ok && bytes.Equal(o.sealed, sealed) {
		return o.secrets, nil
	}
	pass, err := f.need(ctx, profile)
	if err != nil {
		return nil, err
	}
	secrets, err := f.unseal(profile, sealed, pass)
	if err != nil {
		if errors.Is(err, ErrPassphrase) && !f.proven {
			f.passphrase = Secret{} // ask again next time
		}
		return nil, err
	}
	f.proven = true
	f.open[profile] = openFile{sealed, secrets}
	return secrets, nil
}

// need returns the passphrase, asking for it when it has not been given.
func (f *fileStore) need(ctx context.Context, profile string) (Secret, error) {
	if !f.passphrase.IsZero() {
		return f.passphrase, nil
	}
	if f.ask == nil {
		return Secret{}, passphraseError("The secrets of profile "+profile+" are protected by a passphrase, and nobody can be asked for it here.", "Set BURSAR_PASSPHRASE, or STRIPE_API_KEY for this run.", nil)
	}
	p, err := f.ask(ctx, PassphraseAsk{Profile: profile, New: !f.has(profile)})
	if err != nil {
		return Secret{}, err
	}
	if p.IsZero() {
		return Secret{}, passphraseError("The passphrase is empty.", "Type the one that protects your secrets.", nil)
	}
	f.passphrase, f.proven = p, false
	return p, nil
}

func (f *fileStore) seal(content sealedFile) ([]byte, error) {
	to, err := age.NewScryptRecipient(f.passphrase.Reveal())
	if err != nil {
		return nil, passphraseError("The passphrase cannot be used.", "Choose another.", err)
	}
	to.SetWorkFactor(f.effort)
	plain, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return sealed.Bytes(), nil
}

func (f *fileStore) unseal(profile string, sealed []byte, pass Secret) (map[Kind]string, error) {
	const next = "Put a backup back, or remove the profile and enter its keys again."
	id, err := age.NewScryptIdentity(pass.Reveal())
	if err != nil {
		return nil, passphraseError("The passphrase cannot be used.", "Type another.", err)
	}
	id.SetMaxWorkFactor(maxWorkFactor)
	r, err := age.Decrypt(bytes.NewReader(sealed), id)
	var wrong *age.NoIdentityMatchError
	if errors.As(err, &wrong) {
		return nil, passphraseError("The passphrase does not open the secrets of profile "+profile+".", "Try again; a forgotten one cannot be recovered, but the keys can be entered anew.", err)
	}
	var plain []byte
	if err == nil {
		plain, err = io.ReadAll(io.LimitReader(r, secretFileLimit))
	}
	var content sealedFile
	if err == nil {
		err = json.Unmarshal(plain, &content)
	}
	switch {
	case err != nil:
		return nil, &Error{Message: "The file with the secrets of profile " + profile + " is damaged.", Next: next, Err: err}
	case content.Version > 1:
		return nil, &Error{Message: "The secrets of profile " + profile + " were written by a newer bursar.", Next: "Update bursar; the file stays as it is."}
	case content.Profile != profile:
		return nil, &Error{Message: "The file with the secrets of profile " + profile + " belongs to another profile.", Next: next}
	}
	return content.Secrets, nil
}

func passphraseError(message, next string, err error) error {
	return &Error{Field: "passphrase", Message: message, Next: next, Err: errors.Join(ErrPassphrase, err)}
}

func readLimited(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, secretFileLimit))
}
