package config

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

func TestSecretNeverShows(t *testing.T) {
	const marked = "sk_test_MARKEDcanary0000000000"
	s := NewSecret(" " + marked + "\n")
	if s.Reveal() != marked {
		t.Fatalf("Reveal = %q", s.Reveal())
	}
	type outer struct {
		Open   Secret
		closed Secret
		List   []Secret
		Map    map[string]Secret
		Value  Value[Secret]
	}
	o := outer{s, s, []Secret{s}, map[string]Secret{"k": s}, Value[Secret]{s, "keyring"}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p", "%10.3s", "%t"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", &s)
		fmt.Fprintf(&out, verb+"\n", o)
		fmt.Fprintf(&out, verb+"\n", &o)
	}
	fmt.Fprintln(&out, s, o, fmt.Errorf("with %w and %v", &Error{Message: s.String()}, s))
	for _, encode := range []func(any) ([]byte, error){json.Marshal, xml.Marshal, toml.Marshal} {
		type one struct{ S Secret }
		type two struct{ S *Secret }
		for _, v := range []any{one{s}, &two{&s}} {
			b, err := encode(v)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(b)
		}
	}
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("x", "s", s, "o", o, "any", slog.AnyValue(s))
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "s", s, "o", o)
	text := out.String()
	for _, leak := range []string{marked, "MARKED", "canary", fmt.Sprintf("%x", marked), fmt.Sprintf("%X", marked), fmt.Sprint([]byte(marked))} {
		if strings.Contains(text, leak) {
			t.Errorf("%q shows in:\n%s", leak, text)
		}
	}
	if !strings.Contains(text, `"s":"[secret]"`) {
		t.Errorf("not masked as expected:\n%s", text)
	}
}

func TestSecretZeroAndEqual(t *testing.T) {
	var zero Secret
	if !zero.IsZero() || zero.String() != "" || zero.Reveal() != "" || !zero.Equal(NewSecret("")) {
		t.Error("the zero Secret is not empty")
	}
	if !NewSecret("a").Equal(NewSecret("a")) || NewSecret("a").Equal(NewSecret("b")) {
		t.Error("Equal compares something else than the text")
	}
}
