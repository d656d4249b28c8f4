package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/app"
)

// While the signing secret is rotated both are valid; replaced at once, only the
// new one is, and a receiver that runs knows it.
func TestRotateSigningSecret(t *testing.T) {
	t.Parallel()
	h := homeOf(t, newStripe(t))
	h.set()
	if unset := h.listen(app.ListenOptions{Profiles: []string{"shop"}}); !strings.Contains(unset.Notice, "shop has no signing secret") {
		t.Errorf("notice %q", unset.Notice)
	}
	h.shops("shop")
	l := h.listen(app.ListenOptions{Profiles: []string{"shop"}})
	url, n := l.Profiles[0].URL, 0
	takes := func(secret string, want int) {
		t.Helper()
		n++
		if status := delivery(t, url, fmt.Sprintf("evt_%d", n), secret, time.Now()); status != want {
			t.Errorf("delivery %d: %d, want %d", n, status, want)
		}
	}
	d := h.desks()
	first, second, third := testSigning+"shop", testSigning+"second", testSigning+"third"
	takes(first, 200)
	if err := d.RotateSigningSecret(t.Context(), "shop", second, time.Hour); err != nil {
		t.Fatal(err)
	}
	takes(second, 200)
	takes(first, 200)
	if err := d.Configuration().UpdateSigningSecret(t.Context(), "shop", third); err != nil {
		t.Fatal(err)
	}
	takes(third, 200)
	eventually(t, "the end of the old ones", func() error { // they are known for some seconds
		n++
		if status := delivery(t, url, fmt.Sprintf("evt_%d", n), second, time.Now()); status != 400 {
			return fmt.Errorf("HTTP %d", status)
		}
		return nil
	})
	takes(first, 400)
	for _, c := range []struct {
		profile, secret string
		keep            time.Duration
		code            services.Code
		field           string
	}{
		{"shop", "nonsense", time.Hour, services.CodeInvalid, services.FieldSigningSecret},
		{"shop", second, 0, services.CodeInvalid, "keep"},
		{"shop", second, 200 * time.Hour, services.CodeInvalid, "keep"},
		{"nobody", second, time.Hour, services.CodeNotFound, services.FieldProfile},
	} {
		refuse(t, d.RotateSigningSecret(t.Context(), c.profile, c.secret, c.keep), c.code, c.field, "")
	}
}
