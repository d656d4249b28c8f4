package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/lib/pq"

	"bursar/services/internal/archive"
)

// What Open finds on a server or in a schema that it cannot use.
var (
	errOldServer   = errors.New("the server is too old")
	errEncoding    = errors.New("the database's encoding is not UTF8")
	errOtherOwner  = errors.New("the schema is another account's")
	errNeedsSchema = errors.New("there is no archive, and none can be made on a standby")
)

// stateOf returns PostgreSQL's code (SQLSTATE) in err's chain, "" when there is
// none.
func stateOf(err error) string {
	if e := pq.As(err); e != nil {
		return string(e.Code)
	}
	return ""
}

// clashed reports whether a transaction was given up because of another one and
// did nothing: it can be tried again.
func clashed(err error) bool {
	state := stateOf(err)
	return state == "40001" || state == "40P01"
}

// isGone reports whether the server was lost or is not there.
func isGone(err error) bool {
	state := stateOf(err)
	var network net.Error
	return strings.HasPrefix(state, "08") || state == "57P01" || state == "57P02" || state == "57P03" ||
		state == "" && (errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) ||
			errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded))
}

// fault turns a failure of the database into what a person can act on. An error
// that is one already stays as it is.
func (a *Archive) fault(op string, err error) error {
	return archive.Fault(op, err, a.words)
}

func (a *Archive) words(err error) (message, next string) {
	where := a.place.label
	switch {
	case errors.Is(err, errClosed):
		return "The archive is closed.", "Start bursar again."
	case errors.Is(err, archive.ErrNewer):
		return fmt.Sprintf("The archive in the database %s was written by a newer bursar.", where), "Update bursar on this machine too."
	case errors.Is(err, archive.ErrForeign):
		return fmt.Sprintf("The schema %s of the database %s holds another program's tables.", a.place.schema, where),
			"Name another schema with ?search_path=… in the archive's URL."
	case errors.Is(err, errOtherOwner):
		return fmt.Sprintf("The schema %s of the database %s is the archive of another Stripe account or mode.", a.place.schema, where),
			"Give each profile a schema of its own with ?search_path=… in the archive's URL."
	case errors.Is(err, errOldServer):
		return fmt.Sprintf("The PostgreSQL server of %s is older than version 13.", where), "Use PostgreSQL 13 or newer."
	case errors.Is(err, errEncoding):
		return fmt.Sprintf("The database %s does not store UTF-8.", where), "Make one that does: createdb --encoding=UTF8 --template=template0."
	case errors.Is(err, errNeedsSchema):
		return fmt.Sprintf("The database %s is a standby and has no archive of this bursar's version.", where), "Start bursar on the primary server first."
	}
	if message, next = stateWords(stateOf(err), where, a.place); message != "" {
		return message, next
	}
	switch {
	case errors.Is(err, pq.ErrSSLNotSupported):
		return fmt.Sprintf("The PostgreSQL server of %s does not encrypt connections.", where),
			"Turn TLS on there; on this machine or a private network only, add sslmode=disable to the archive's URL."
	case isGone(err):
		return fmt.Sprintf("The PostgreSQL server of %s does not answer.", where),
			"Check that it runs and can be reached, then try again. Nothing that was stored is lost."
	}
	return fmt.Sprintf("The archive in the database %s could not be used: %v", where, err), "Try again; if it stays, ask whoever runs the database."
}

// stateWords are the words for PostgreSQL's codes, "" for those without any.
func stateWords(state, where string, p place) (message, next string) {
	switch state {
	case "28P01", "28000":
		return fmt.Sprintf("The PostgreSQL server of %s refused the user or the password.", where),
			"Check the user in the archive's URL, and the password in PGPASSWORD or ~/.pgpass."
	case "3D000":
		return fmt.Sprintf("The database %s does not exist.", where), "Make it with createdb, or correct the archive's URL."
	case "42501":
		return fmt.Sprintf("The database's user may not write to the schema %s of %s.", p.schema, where),
			fmt.Sprintf("Ask its owner for: CREATE SCHEMA %s AUTHORIZATION …, or the rights on that schema.", p.schema)
	case "42P01", "3F000":
		return fmt.Sprintf("The archive's tables are no longer in the schema %s of %s.", p.schema, where), "Start bursar again to make them, or restore a backup."
	case "53100", "58030":
		return fmt.Sprintf("The disk of the PostgreSQL server of %s is full or failing: the archive could not be written.", where),
			"Free some space there and try again. Nothing that was stored is lost."
	case "53200":
		return fmt.Sprintf("The PostgreSQL server of %s is out of memory.", where), "Try again later, or give it more."
	case "53300":
		return fmt.Sprintf("The PostgreSQL server of %s has no connection left.", where),
			"Close other programs that use it, or raise its max_connections, and try again."
	case "25006":
		return fmt.Sprintf("The database %s is read-only: a standby, or set so.", where), "Use the primary server's address in the archive's URL to store events."
	case "57014":
		return fmt.Sprintf("The PostgreSQL server of %s took too long and was stopped.", where), "Try again; if it stays, see what else the server is busy with."
	case "55P03":
		return fmt.Sprintf("Another program keeps a table of the archive in %s locked.", where), "Wait until it has finished, and try again."
	case "40001", "40P01":
		return fmt.Sprintf("Too many programs write to the archive in %s at the same time.", where), "Try again."
	case "XX001", "XX002":
		return fmt.Sprintf("The database %s is damaged.", where), "Ask whoever runs it to restore a backup; the last 30 days come back from Stripe."
	}
	return "", ""
}

// givenUp makes what the driver says of a statement whose context ended that.
func givenUp(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	return err
}
