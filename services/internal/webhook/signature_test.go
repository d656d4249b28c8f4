package webhook

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// The signatures were made with an independent program:
// printf '%s.%s' "$T" "$BODY" | openssl dgst -sha256 -hmac "$SECRET"
const (
	secretOne  = "whsec_4eC39HqLyjWDarjtT1zdp7dcTYooMQ"
	secretTwo  = "whsec_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" // an example
	body       = `{"id":"evt_1","object":"event","type":"charge.succeeded","created":1795003200,"note":"é €"}`
	signedOne  = "1b492605eba77f80beb933d909aec4993e097546342f82d353d1df891294c8f8"
	signedTwo  = "cc85f9290e093ff60e73b72aacba7f9728ec271a7ac727f388436751dff4f3c2"
	signedBare = "4cab79ca829bd35a40fb310a8b5f72dcb5bab97aec3e84cbb5738615ac1c29c3" // secretOne without whsec_
	signedNone = "2db0835b5ec25ac911a6ac3ef17a84260ddaa3d3ca9d516ba8dab108da6275db" // secretOne, empty body
)

var signedAt = time.Unix(1795003200, 0)

func TestVerify(t *testing.T) {
	const at = "t=1795003200"
	wrong := strings.Repeat("0", 64)
	both := []string{secretOne, secretTwo}
	for name, tt := range map[string]struct {
		header  string
		secrets []string
		late    time.Duration
		want    error
	}{
		"right":                          {at + ",v1=" + signedOne, []string{secretOne}, 0, nil},
		"either of two secrets":          {at + ",v1=" + signedTwo, both, 0, nil},
		"either of two signatures":       {at + ",v1=" + wrong + ",v1=" + signedOne, []string{secretOne}, 0, nil},
		"test mode's v0 as well":         {at + ",v1=" + signedOne + ",v0=" + wrong, both, 0, nil},
		"order and spaces do not matter": {"v1=" + signedOne + ", " + at, both, 0, nil},
		"an unusable v1 beside":          {at + ",v1=zz,v1=" + signedOne, both, 0, nil},
		"capital hex":                    {at + ",v1=" + strings.ToUpper(signedOne), both, 0, nil},
		"300 s late":                     {at + ",v1=" + signedOne, both, 300 * time.Second, nil},
		"301 s late":                     {at + ",v1=" + signedOne, both, 301 * time.Second, ErrTimestamp},
		"300 s early":                    {at + ",v1=" + signedOne, both, -300 * time.Second, nil},
		"301 s early":                    {at + ",v1=" + signedOne, both, -301 * time.Second, ErrTimestamp},
		"a day early":                    {at + ",v1=" + signedOne, both, -24 * time.Hour, ErrTimestamp},
		"late, and wrong":                {at + ",v1=" + wrong, both, 301 * time.Second, ErrNoMatch},
		"another secret":                 {at + ",v1=" + signedOne, []string{secretTwo}, 0, ErrNoMatch},
		"key without whsec_":             {at + ",v1=" + signedBare, both, 0, ErrNoMatch},
		"another body":                   {at + ",v1=" + signedNone, both, 0, ErrNoMatch},
		"another time":                   {"t=1795003201,v1=" + signedOne, both, 0, ErrNoMatch},
		"a time written otherwise":       {"t=01795003200,v1=" + signedOne, both, 0, ErrNoMatch},
		"one character cut off":          {at + ",v1=" + signedOne[:63], both, 0, ErrNoV1},
		"a byte cut off":                 {at + ",v1=" + signedOne[:62], both, 0, ErrNoV1},
		"only v0":                        {at + ",v0=" + signedOne, both, 0, ErrNoV1},
		"v1 in capitals is no scheme":    {at + ",V1=" + signedOne, both, 0, ErrNoV1},
		"no secret set":                  {at + ",v1=" + signedOne, nil, 0, ErrNoSecret},
		"an empty secret":                {at + ",v1=" + signedOne, []string{""}, 0, ErrNoMatch},
		"signed with nothing":            {Sign([]byte(body), []string{""}, signedAt), []string{"", secretOne}, 0, ErrNoMatch},
		"empty":                          {"", both, 0, ErrMalformed},
		"no time":                        {"v1=" + signedOne, both, 0, ErrMalformed},
		"two times":                      {at + "," + at + ",v1=" + signedOne, both, 0, ErrMalformed},
		"time is no number":              {"t=now,v1=" + signedOne, both, 0, ErrMalformed},
		"time is empty":                  {"t=,v1=" + signedOne, both, 0, ErrMalformed},
		"negative time":                  {"t=-1795003200,v1=" + signedOne, both, 0, ErrMalformed},
		"signed time":                    {"t=+1795003200,v1=" + signedOne, both, 0, ErrMalformed},
		"time too large":                 {"t=9223372036854775807,v1=" + signedOne, both, 0, ErrMalformed},
		"part without =":                 {at + ",v1", both, 0, ErrMalformed},
		"part without name":              {at + ",=x,v1=" + signedOne, both, 0, ErrMalformed},
		"trailing comma":                 {at + ",v1=" + signedOne + ",", both, 0, ErrMalformed},
		"too many parts":                 {at + strings.Repeat(",v1="+wrong, maxParts) + ",v1=" + signedOne, both, 0, ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			err := Verify(tt.header, []byte(body), tt.secrets, signedAt.Add(tt.late), 0)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "whsec_") {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
	if err := Verify(at+",v1="+signedOne, []byte(body), both, signedAt.Add(3*time.Second), 2*time.Second); !errors.Is(err, ErrTimestamp) {
		t.Errorf("a tolerance of two seconds let three pass: %v", err)
	}
}

func TestSign(t *testing.T) {
	got := Sign([]byte(body), []string{secretOne, secretTwo}, signedAt)
	if want := "t=1795003200,v1=" + signedOne + ",v1=" + signedTwo; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("t=1795003200,v1="+signedOne, []byte(body))
	f.Add("t=1795003200,v1="+signedOne+",v0=x", []byte(body))
	f.Add("t=1,t=2,v1=,,=", []byte(""))
	f.Add(strings.Repeat("v1=00,", 40), []byte("{}"))
	f.Fuzz(func(t *testing.T, header string, b []byte) {
		// Nobody can sign without the secret: whatever passes is what was signed.
		if Verify(header, b, []string{secretOne}, signedAt, 0) == nil && (string(b) != body || !strings.Contains(strings.ToLower(header), signedOne)) {
			t.Errorf("%q passed for %q", header, b)
		}
		// And what is signed passes, whatever the body.
		if err := Verify(Sign(b, []string{secretOne}, signedAt), b, []string{secretTwo, secretOne}, signedAt, 0); err != nil {
			t.Errorf("a right signature was refused: %v", err)
		}
	})
}
