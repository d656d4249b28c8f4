package webhook

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The signatures were made with an independent program:
// printf '%s.%s' "$T" "$BODY" | openssl dgst -sha256 -hmac "$SECRET"
const (
	secretOne  = "whsec_4eC39HqLyjWDarjtT1zdp7dcTYooMQ"
	secretTwo  = "whsec_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" // an example
	payload    = `{"id":"evt_1","object":"event","type":"charge.succeeded","created":1795003200,"note":"é €"}`
	signedOne  = "1b492605eba77f80beb933d909aec4993e097546342f82d353d1df891294c8f8"
	signedTwo  = "cc85f9290e093ff60e73b72aacba7f9728ec271a7ac727f388436751dff4f3c2"
	signedBare = "4cab79ca829bd35a40fb310a8b5f72dcb5bab97aec3e84cbb5738615ac1c29c3" // secretOne without whsec_
	signedNone = "2db0835b5ec25ac911a6ac3ef17a84260ddaa3d3ca9d516ba8dab108da6275db" // secretOne, empty body
)

var signedAt = time.Unix(1795003200, 0)

// secrets are secrets that never end, named by their place.
func secrets(values ...string) (all []Secret) {
	for i, v := range values {
		all = append(all, Secret{Name: strconv.Itoa(i), Value: v})
	}
	return all
}

func TestVerify(t *testing.T) {
	const at = "t=1795003200"
	wrong := strings.Repeat("0", 64)
	both := secrets(secretOne, secretTwo)
	for name, tt := range map[string]struct {
		header  string
		secrets []Secret
		late    time.Duration
		want    error
	}{
		"right":                          {at + ",v1=" + signedOne, secrets(secretOne), 0, nil},
		"either of two secrets":          {at + ",v1=" + signedTwo, both, 0, nil},
		"either of two signatures":       {at + ",v1=" + wrong + ",v1=" + signedOne, secrets(secretOne), 0, nil},
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
		"another secret":                 {at + ",v1=" + signedOne, secrets(secretTwo), 0, ErrNoMatch},
		"key without whsec_":             {at + ",v1=" + signedBare, both, 0, ErrNoMatch},
		"another body":                   {at + ",v1=" + signedNone, both, 0, ErrNoMatch},
		"another time":                   {"t=1795003201,v1=" + signedOne, both, 0, ErrNoMatch},
		"a time written otherwise":       {"t=01795003200,v1=" + signedOne, both, 0, ErrNoMatch},
		"one character cut off":          {at + ",v1=" + signedOne[:63], both, 0, ErrNoV1},
		"a byte cut off":                 {at + ",v1=" + signedOne[:62], both, 0, ErrNoV1},
		"only v0":                        {at + ",v0=" + signedOne, both, 0, ErrNoV1},
		"v1 in capitals is no scheme":    {at + ",V1=" + signedOne, both, 0, ErrNoV1},
		"no secret set":                  {at + ",v1=" + signedOne, nil, 0, ErrNoSecret},
		"an empty secret":                {at + ",v1=" + signedOne, secrets(""), 0, ErrNoSecret},
		"signed with nothing":            {Sign([]byte(payload), []string{""}, signedAt), secrets("", secretOne), 0, ErrNoMatch},
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
			_, err := Verify(tt.header, []byte(payload), tt.secrets, signedAt.Add(tt.late), 0)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "whsec_") {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
	if _, err := Verify(at+",v1="+signedOne, []byte(payload), both, signedAt.Add(3*time.Second), 2*time.Second); !errors.Is(err, ErrTimestamp) {
		t.Errorf("a tolerance of two seconds let three pass: %v", err)
	}
}

// While a secret is rotated both are valid, until the old one ends; the match
// says which one it was, and how far the clocks are apart.
func TestVerifyWhileRotating(t *testing.T) {
	const at = "t=1795003200"
	old := Secret{Name: "previous", Value: secretTwo, Expires: signedAt.Add(time.Minute)}
	current := Secret{Name: "current", Value: secretOne}
	for name, tt := range map[string]struct {
		header  string
		secrets []Secret
		late    time.Duration
		match   Match
		want    error
	}{
		"the new one":             {at + ",v1=" + signedOne, []Secret{current, old}, 0, Match{"current", 0}, nil},
		"the old one":             {at + ",v1=" + signedTwo, []Secret{current, old}, 59 * time.Second, Match{"previous", 59 * time.Second}, nil},
		"the old one, ended":      {at + ",v1=" + signedTwo, []Secret{current, old}, time.Minute, Match{}, ErrNoMatch},
		"only an ended one":       {at + ",v1=" + signedTwo, []Secret{old}, time.Minute, Match{}, ErrNoSecret},
		"signed with both":        {at + ",v1=" + signedTwo + ",v1=" + signedOne, []Secret{current, old}, 0, Match{"current", 0}, nil},
		"both, only the old here": {at + ",v1=" + signedOne + ",v1=" + signedTwo, []Secret{old}, 0, Match{"previous", 0}, nil},
		"from the future":         {at + ",v1=" + signedOne, []Secret{current}, -7 * time.Second, Match{"current", -7 * time.Second}, nil},
		"too old, but known":      {at + ",v1=" + signedOne, []Secret{current}, time.Hour, Match{"current", time.Hour}, ErrTimestamp},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Verify(tt.header, []byte(payload), tt.secrets, signedAt.Add(tt.late), 0)
			if !errors.Is(err, tt.want) || got != tt.match {
				t.Errorf("got %+v, %v; want %+v, %v", got, err, tt.match, tt.want)
			}
		})
	}
}

func TestSign(t *testing.T) {
	got := Sign([]byte(payload), []string{secretOne, secretTwo}, signedAt)
	if want := "t=1795003200,v1=" + signedOne + ",v1=" + signedTwo; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("t=1795003200,v1="+signedOne, []byte(payload))
	f.Add("t=1795003200,v1="+signedOne+",v0=x", []byte(payload))
	f.Add("t=1,t=2,v1=,,=", []byte(""))
	f.Add(strings.Repeat("v1=00,", 40), []byte("{}"))
	f.Fuzz(func(t *testing.T, header string, b []byte) {
		// Nobody can sign without the secret: whatever passes is what was signed.
		if _, err := Verify(header, b, secrets(secretOne), signedAt, 0); err == nil && (string(b) != payload || !strings.Contains(strings.ToLower(header), signedOne)) {
			t.Errorf("%q passed for %q", header, b)
		}
		// And what is signed passes, whatever the body.
		if _, err := Verify(Sign(b, []string{secretOne}, signedAt), b, secrets(secretTwo, secretOne), signedAt, 0); err != nil {
			t.Errorf("a right signature was refused: %v", err)
		}
	})
}
