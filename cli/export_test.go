package cli

import (
	"context"

	"bursar/services"
	"bursar/services/app"
)

// RunPanicking runs the interface on the sandbox, whose desk panics as soon as
// the interface asks it what changes.
func RunPanicking(ctx context.Context, p Process) int {
	s := &session{Process: p}
	desks, cfg, err := s.desks()
	if err == nil {
		desk, notice, opening := desks.Open(ctx, services.SandboxProfile, app.Interface)
		if opening != nil {
			return exitCode(opening)
		}
		broken := *desk
		broken.Watch = func(context.Context) <-chan services.Change { panic("a test's panic") }
		err = s.runInterface(ctx, desks, cfg, &broken, notice)
	}
	if err == nil {
		return exitDone
	}
	s.printError(err)
	return exitCode(err)
}
