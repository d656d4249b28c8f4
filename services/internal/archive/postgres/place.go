package postgres

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/lib/pq"

	"bursar/services"
)

// place is where an archive is, and how it is reached.
type place struct {
	config pq.Config
	dsn    string // the same as a URL, password and all
	schema string
	label  string // for a person: database and host, no user and no password
}

// schemaName is what a schema may be called, so that it needs no quotes.
var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// parse reads an archive's URL. Its errors never quote it: it may hold a
// password.
func parse(text string) (place, error) {
	const next = "Write one such as postgres://shop@db.example.com/payments?search_path=shop_live."
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return place{}, refused("The archive's database is not a PostgreSQL URL.", next)
	}
	q := u.Query()
	schema := q.Get("search_path")
	if schema == "" {
		schema = "bursar"
	}
	if !schemaName.MatchString(schema) || strings.HasPrefix(schema, "pg_") {
		return place{}, refused("The schema that the archive's search_path names cannot be used.", "Name one schema, in lower-case letters, digits and underscores, such as shop_live.")
	}
	q.Set("search_path", schema)
	if !q.Has("connect_timeout") {
		q.Set("connect_timeout", "10") // seconds
	}
	if !q.Has("application_name") {
		q.Set("application_name", "bursar")
	}
	q.Set("binary_parameters", "yes") // payloads go as bytes
	u.RawQuery = q.Encode()
	config, err := pq.NewConfig(u.String())
	if err != nil {
		return place{}, refused("The archive's database URL, or a PG… variable of the environment, has a setting that cannot be used.", next)
	}
	name := config.Database
	if name == "" {
		name = config.User
	}
	return place{config: config, dsn: u.String(), schema: schema, label: services.Clean(name + " on " + host(config))}, nil
}

func host(c pq.Config) string {
	if strings.HasPrefix(c.Host, "/") {
		return "this machine"
	}
	return c.Host + ":" + strconv.Itoa(int(c.Port))
}

func refused(message, next string) error {
	e := services.Invalid("archive", message, next)
	e.Op = "opening the archive"
	return e
}
