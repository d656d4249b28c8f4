package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

const (
	// fileVersion is the settings file's version that this program writes.
	fileVersion = 1
	// fileLimit is the largest settings file that is read, in bytes.
	fileLimit = 1 << 20
)

func (s *Store) read() (*document, file, []UnknownKey, error) {
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return decode(s.path, nil)
	}
	if err != nil {
		return nil, file{}, nil, fileError("The settings file "+s.path+" cannot be read", err)
	}
	defer func() { _ = f.Close() }()
	src, err := io.ReadAll(io.LimitReader(f, fileLimit+1))
	switch {
	case err != nil:
		return nil, file{}, nil, fileError("The settings file "+s.path+" cannot be read", err)
	case len(src) > fileLimit:
		return nil, file{}, nil, &Error{Message: "The settings file " + s.path + " is larger than 1 MiB.", Next: "Move it away; it is not one that bursar wrote."}
	}
	return decode(s.path, src)
}

// decode reads the text of the settings file at path. Its errors never repeat
// the text: a secret may stand there by mistake.
func decode(path string, src []byte) (*document, file, []UnknownKey, error) {
	broken := func(line int, what, next string) (*document, file, []UnknownKey, error) {
		where := "The settings file " + path
		if line > 0 {
			where = "Line " + strconv.Itoa(line) + " of the settings file " + path
		}
		return nil, file{}, nil, &Error{Message: where + " " + what, Next: next}
	}
	const repair = "Correct it by hand, or move it away to begin anew. bursar does not change it."
	var head struct {
		Version int `toml:"version"`
	}
	doc, err := parse(src)
	if err == nil {
		err = toml.Unmarshal(src, &head)
	}
	if err != nil {
		return broken(errorLine(src, err), "is not valid TOML: a key, an equals sign and a value are expected.", repair)
	}
	if head.Version > fileVersion {
		return broken(0, fmt.Sprintf("was written by a newer bursar (version %d of the file; this one knows %d).", head.Version, fileVersion), "Update bursar; the file stays as it is.")
	}
	var f file
	var missing *toml.StrictMissingError
	err = toml.NewDecoder(bytes.NewReader(src)).DisallowUnknownFields().Decode(&f)
	if err != nil && !errors.As(err, &missing) {
		return broken(errorLine(src, err), "has a value of the wrong kind, such as a number where text belongs.", repair)
	}
	for name, p := range f.Profiles {
		p.Name = name
		f.Profiles[name] = p
		if err := p.Check(); err != nil {
			var e *Error
			_ = errors.As(err, &e)
			line := max(doc.line("profiles"+keySep+name), doc.line("profiles"+keySep+name+keySep+e.Field))
			return broken(line, "cannot be used. "+e.Message, e.Next)
		}
	}
	if f.Profiles == nil {
		f.Profiles = map[string]Profile{}
	}
	return doc, f, unknownKeys(missing), nil
}

func unknownKeys(missing *toml.StrictMissingError) []UnknownKey {
	if missing == nil {
		return nil
	}
	var keys []UnknownKey
	for _, e := range missing.Errors {
		line, _ := e.Position()
		keys = append(keys, UnknownKey{Key: strings.Join(e.Key(), "."), Line: line})
	}
	return keys
}

// errorLine returns the 1-based line that a TOML error is about.
func errorLine(src []byte, err error) int {
	var de *toml.DecodeError
	if errors.As(err, &de) {
		line, _ := de.Position()
		return line
	}
	// the indexer's errors have no position of their own; the decoder finds the
	// same fault
	var any map[string]any
	if errors.As(toml.Unmarshal(src, &any), &de) {
		line, _ := de.Position()
		return line
	}
	return 0
}
