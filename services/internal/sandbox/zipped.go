package sandbox

import (
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
)

// takesGzip reports whether a client asks for a compressed answer (2.2).
func takesGzip(r *http.Request) bool {
	for one := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(one), ";")
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(quality), "q="), 64)
		if strings.EqualFold(name, "gzip") && (quality == "" || err != nil || q > 0) {
			return true
		}
	}
	return false
}

// zipped compresses what is written to an answer.
type zipped struct {
	http.ResponseWriter
	gzip *gzip.Writer
}

// WriteHeader begins the answer.
func (z *zipped) WriteHeader(status int) {
	h := z.Header()
	h.Set("Content-Encoding", "gzip")
	h.Add("Vary", "Accept-Encoding")
	h.Del("Content-Length")
	z.ResponseWriter.WriteHeader(status)
	z.gzip = gzip.NewWriter(z.ResponseWriter)
}

func (z *zipped) Write(b []byte) (int, error) {
	if z.gzip == nil {
		z.WriteHeader(http.StatusOK)
	}
	return z.gzip.Write(b)
}

// finish writes what is still held back.
func (z *zipped) finish() {
	if z.gzip != nil {
		_ = z.gzip.Close() // the client may be gone
	}
}
