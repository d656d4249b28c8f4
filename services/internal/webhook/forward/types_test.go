package forward

import (
	"regexp"
	"strings"
	"testing"

	"bursar/services"
)

func TestTypes(t *testing.T) {
	for text, tt := range map[string]struct{ takes, leaves string }{
		"":                        {"charge.succeeded v2.core.event anything", ""},
		"*":                       {"charge.succeeded x", ""},
		"charge.*":                {"charge.succeeded charge.dispute.created charge.", "charges.x xcharge.y invoice.paid charge"},
		"invoice.paid":            {"invoice.paid", "invoice.paid.x invoice.pai invoice.paid_out"},
		"*.failed":                {"charge.failed payout.failed", "charge.failed.x failed"},
		"customer.*.deleted":      {"customer.subscription.deleted customer..deleted", "customer.deleted customer.subscription.updated"},
		" charge.* ,invoice.paid": {"charge.x invoice.paid", "invoice.payment_failed"},
		"*.*.*":                   {"a.b.c a.b.c.d", "a.b"},
	} {
		types, err := ParseTypes(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		for _, name := range strings.Fields(tt.takes) {
			if !types.Match(name) {
				t.Errorf("%q leaves %s", text, name)
			}
		}
		for _, name := range strings.Fields(tt.leaves) {
			if types.Match(name) {
				t.Errorf("%q takes %s", text, name)
			}
		}
	}
	for _, text := range []string{"charge", "charge.*,", ",", "Charge.x", "a b.c", "charge.**", "a.é", strings.Repeat("a.", 60), strings.Repeat("a.b,", 64) + "a.b"} {
		if types, err := ParseTypes(text); services.CodeOf(err) != services.CodeInvalid {
			t.Errorf("%q is read as %q, %v", text, types, err)
		}
	}
}

func TestDestinations(t *testing.T) {
	for text, want := range map[string][2]string{
		"http://localhost:3000/hook":                         {"http://localhost:3000/hook", ""},
		"http://localhost:3000/hook=charge.*,invoice.paid":   {"http://localhost:3000/hook", "charge.*,invoice.paid"},
		"http://localhost:3000/hook?key=1":                   {"http://localhost:3000/hook?key=1", ""},
		"http://localhost:3000/hook?key=1=*":                 {"http://localhost:3000/hook?key=1", "*"},
		"http://localhost:3000/hook?file=a.b=*":              {"http://localhost:3000/hook?file=a.b", "*"},
		"https://app.example.com=customer.subscription.*":    {"https://app.example.com", "customer.subscription.*"},
		"http://localhost:3000/hook=Not a type":              {"http://localhost:3000/hook=Not a type", ""},
		"http://localhost:3000/?signature=ab12==charge.paid": {"http://localhost:3000/?signature=ab12=", "charge.paid"},
	} {
		if address, types := ParseDestination(text); address != want[0] || strings.Join(types, ",") != want[1] {
			t.Errorf("%q is read as %q, %q", text, address, types)
		}
	}
	for address, tt := range map[string]struct {
		live, skip bool
		refused    string // the field; empty when it is fine
	}{
		"http://localhost:3000/x":      {live: true, skip: true},
		"http://127.0.0.1":             {live: true},
		"https://[::1]:8443/x":         {skip: true},
		"http://app:3000/x":            {},
		"https://app.example.com/x":    {live: true},
		"http://app.example.com/x":     {live: true, refused: "forward_to"},
		"https://app.example.com/y":    {skip: true, refused: "skip_verify"},
		"https://127.0.0.1.evil.com":   {skip: true, refused: "skip_verify"},
		"ftp://localhost/x":            {refused: "forward_to"},
		"localhost:3000":               {refused: "forward_to"},
		"http://":                      {refused: "forward_to"},
		"":                             {refused: "forward_to"},
		"http://me:pass@localhost/x":   {refused: "forward_to"},
		"http://localhost/x#part":      {refused: "forward_to"},
		"http://localhost:3000=charge": {refused: "forward_to"},
	} {
		err := CheckDestination(address, tt.live, tt.skip)
		if e := services.AsError(err); (err != nil) != (tt.refused != "") || err != nil && (e.Field != tt.refused || e.Next == "") {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), "pass@") {
			t.Errorf("the error repeats a password: %v", err)
		}
	}
}

func FuzzTypes(f *testing.F) {
	f.Add("charge.*,invoice.paid", "charge.succeeded")
	f.Add("*.*a*.*b", "aaaaaaaaaaaaaaaa.aaaaaaaaaaaaaab")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, text, name string) {
		types, err := ParseTypes(text)
		if err != nil {
			return
		}
		// The same by another way: each pattern as a regular expression.
		want := len(types) == 0
		for _, pattern := range types {
			want = want || regexp.MustCompile(`(?s)\A`+strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*")+`\z`).MatchString(strings.ToValidUTF8(name, "?"))
		}
		if got := types.Match(strings.ToValidUTF8(name, "?")); got != want {
			t.Errorf("%q takes %q: %v, want %v", text, name, got, want)
		}
		if again, err := ParseTypes(strings.Join(types, ",")); err != nil || strings.Join(again, ",") != strings.Join(types, ",") {
			t.Errorf("%q is read back as %q, %v", types, again, err)
		}
	})
}

func FuzzDestination(f *testing.F) {
	f.Add("http://localhost:3000/hook=charge.*")
	f.Add("=*=*")
	f.Fuzz(func(t *testing.T, text string) {
		address, types := ParseDestination(text)
		if len(types) == 0 && address != text || len(types) > 0 && !strings.HasPrefix(text, address+"=") {
			t.Errorf("%q is read as %q, %q", text, address, types)
		}
		_ = CheckDestination(address, true, true)
	})
}
