package pages

import (
	"reflect"
	"strings"
	"testing"
)

// hostile is text that a merchant or a client of the API may send.
func hostile() map[string]string {
	return map[string]string{
		"markup":   `<script>alert(1)</script>"'><img src=x onerror=alert(1)>{{.}}`,
		"long":     strings.Repeat("Wörter ohne Ende ", 600),
		"unbroken": strings.Repeat("W", 10_000),
		"rtl":      "\u202eمتجر \u2067שלום\u2066 abc",
		"control":  "a\x00b\x1b[31mc\r\nd\x7f",
		"broken":   "\xff\xfe half",
		"empty":    "",
	}
}

// poison sets every string in v, however deep, to text, except those that only
// the sandbox itself writes.
func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			switch name := v.Type().Field(i).Name; name {
			case "Session", "Mode", "Status", "Currency", "ID", "Token", "Kind", "Path", "Countries", "Reasons", "Per", "Last4", "Key", "Rate", "Type", "Price", "Plan", "Editable", "Flow":
			default:
				poison(v.Field(i), text)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), text)
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString(text)
		}
	}
}

// poisoned is a fake whose every displayed text is text.
func poisoned(text string) *fake {
	f := newFake()
	for name, c := range f.sessions {
		poison(reflect.ValueOf(&c).Elem(), text)
		f.sessions[name] = c
	}
	poison(reflect.ValueOf(&f.portal).Elem(), text)
	return f
}

func TestHostileText(t *testing.T) {
	for name, text := range hostile() {
		h := pagesOf(poisoned(text))
		for at, path := range everyPage() {
			t.Run(name+"/"+at, func(t *testing.T) {
				page := get(h, path).Body.String()
				wellFormed(t, page)
				if strings.Contains(page, "<img") || strings.Contains(page, `"'>`) || strings.Contains(page, `href="&lt;`) {
					t.Error("text from outside became markup")
				}
				if title := page[strings.Index(page, "<title>"):strings.Index(page, "</title>")]; len([]rune(title)) > 200 || strings.Contains(title, "\u202e") {
					t.Errorf("title %q", title)
				}
			})
		}
	}
}

func FuzzLink(f *testing.F) {
	for _, seed := range []string{"https://a.example/?q=%22", "javascript:x", "\x01javascript:x", "java\tscript:x", "http:///x", "myapp://x", "//x", "HTTPS://X", "view-source:http://x", "mailto:a@b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := strings.ToLower(link(raw))
		scheme, _, found := strings.Cut(got, ":")
		if got != "" && (!found || strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+-.") != "") {
			t.Errorf("%q became %q", raw, got)
		}
		for _, bad := range []string{"javascript", "data", "vbscript", "blob", "file"} {
			if scheme == bad {
				t.Errorf("%q became %q", raw, got)
			}
		}
		if strings.ContainsAny(got, "\r\n\t\x00\x1b") {
			t.Errorf("%q became %q", raw, got)
		}
	})
}
