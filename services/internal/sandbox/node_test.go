package sandbox_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bursar/services/internal/sandbox"
)

// nodeKey is any well-formed test key.
const nodeKey = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"

// TestNodeLibrary lets Stripe's official library for Node use the sandbox
// (section 7.3): a client that nobody here wrote, and a second verifier of
// signatures. Each script in testdata/node is told where a new demo shop is
// served, and fails by ending with an error.
func TestNodeLibrary(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed; .ci/run installs it")
	}
	dir := filepath.Join("testdata", "node")
	if installed, _ := filepath.Glob(filepath.Join(dir, "node_modules", "stripe", "package.json")); len(installed) == 0 {
		t.Skip("the Node library is not installed; .ci/run installs it, or: cd services/internal/sandbox/testdata/node && npm install --no-package-lock")
	}
	scripts, err := filepath.Glob(filepath.Join(dir, "*.mjs"))
	if err != nil || len(scripts) < 2 {
		t.Fatalf("found the scripts %v, %v", scripts, err)
	}
	for _, path := range scripts {
		script := filepath.Base(path)
		if script == "client.mjs" { // what the others have in common
			continue
		}
		t.Run(strings.TrimSuffix(script, ".mjs"), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, node, script, demoShop(t), nodeKey)
			cmd.Dir = dir
			var output bytes.Buffer
			cmd.Stdout, cmd.Stderr = &output, &output
			if err := cmd.Run(); err != nil {
				t.Errorf("%s: %v\n%s", script, err, output.String())
			}
		})
	}
}

// demoShop serves a new demo shop on the machine's clock, which Node goes by,
// and returns its address.
func demoShop(t *testing.T) string {
	web := httptest.NewUnstartedServer(nil)
	base := "http://" + web.Listener.Addr().String()
	server, err := sandbox.New(sandbox.Options{
		Data: filepath.Join(t.TempDir(), "sandbox.db"), URL: base, Seed: true,
		Retries: []time.Duration{50 * time.Millisecond, 50 * time.Millisecond, 50 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	web.Config.Handler = server
	web.Start()
	t.Cleanup(func() {
		web.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return base
}
