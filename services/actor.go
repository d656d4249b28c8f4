package services

import "context"

// Actor is who asks: the person at the terminal, or later a user over SSH.
type Actor struct {
	Name string // for the activity record; cleaned for display
	Via  string // "terminal", "command"
}

type actorKey struct{}

// WithActor returns a context that carries the actor.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorFrom returns the context's actor, or the zero Actor.
func ActorFrom(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}
