package pages

import (
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		at   address
		want string
	}{
		{local("/c/pay/cs_1"), "/c/pay/cs_1"}, {local("/i/in_1?a=b&c=d"), "/i/in_1?a=b&c=d"}, {local("/p/session/a%2Fb/billing"), "/p/session/a%2Fb/billing"},
		{local(""), "#"}, {local("c/pay"), "#"}, {local("#x"), "#"}, {local("//evil.example"), "#"}, {local("///evil.example"), "#"}, {local("/\\evil.example"), "/%5Cevil.example"},
		{local("/\t/evil.example"), "#"}, {local("https://evil.example/"), "#"}, {local("javascript:alert(1)"), "#"}, {local("/%zz"), "#"},
		{fragment("email"), "#email"}, {fragment("custom-a b"), "#custom-a%20b"}, {fragment(""), "#"},
		{outside("https://shop.example/a?b=c"), "https://shop.example/a?b=c"}, {outside("http://127.0.0.1:4242/x"), "http://127.0.0.1:4242/x"}, {outside("myapp://done"), "myapp://done"},
		{outside("javascript:alert(1)"), "#"}, {outside("/c/pay"), "#"}, {outside("//evil.example"), "#"}, {outside(""), "#"}, {address{}, "#"},
	} {
		if got := tt.at.String(); got != tt.want || tt.at.leads() != (tt.at.to != "") {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	var b strings.Builder
	if err := el("a", href(outside(`https://shop.example/?q="><script>`))).Render(&b); err != nil || b.String() != `<a href="https://shop.example/?q=&#34;&gt;&lt;script&gt;"></a>` {
		t.Errorf("%s, %v", b.String(), err)
	}
}

func FuzzLocal(f *testing.F) {
	for _, seed := range []string{"/c/pay/cs_1", "/", "//x", "/\\x", "/\x00", "/a?b#c", "http:/x", "/%2f/x", "/ü", "/..//x", "/%2f "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := local(raw).String()
		if got != "#" && (!strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.HasPrefix(got, `/\`)) {
			t.Errorf("%q became %q", raw, got)
		}
		if strings.ContainsAny(got, "\r\n\t\x00\x1b") {
			t.Errorf("%q became %q", raw, got)
		}
	})
}
