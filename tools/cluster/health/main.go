// Says what kstatus, Argo CD and Flux make of objects: JSON on stdin, a line of JSON for each object on stdout.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Asked is what stands on stdin: Argo CD's script, Flux's expressions, and objects as the API server returns them.
type Asked struct {
	Lua     string                           `json:"lua"`
	Exprs   kustomize.HealthCheckExpressions `json:"exprs"`
	Objects []*unstructured.Unstructured     `json:"objects"`
}

// Said is what one of them makes of an object.
type Said struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func main() {
	var asked Asked
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fail(err)
	}
	flux, err := cel.NewStatusEvaluator(&asked.Exprs)
	if err != nil {
		fail(err)
	}
	out := json.NewEncoder(os.Stdout)
	for _, object := range asked.Objects {
		result := map[string]Said{
			"kstatus": said(status.Compute(object)),
			"argocd":  argocd(object, asked.Lua),
			"flux":    said(flux.Evaluate(context.Background(), object)),
		}
		if err := out.Encode(result); err != nil {
			fail(err)
		}
	}
}

func said(result *status.Result, err error) Said {
	if err != nil {
		return Said{"Error", err.Error()}
	}
	return Said{string(result.Status), result.Message}
}

// argocd does as Argo CD: what is being deleted is Progressing whatever a script says, and a script has one second and
// no library but package, the basic functions and table.
func argocd(object *unstructured.Unstructured, script string) Said {
	if object.GetDeletionTimestamp() != nil {
		return Said{"Progressing", "Pending deletion"}
	}
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable,
	} {
		call := lua.P{Fn: state.NewFunction(open), NRet: 0, Protect: true}
		if err := state.CallByParam(call, lua.LString(name)); err != nil {
			return Said{"Error", err.Error()}
		}
	}
	limited, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(limited)
	state.SetGlobal("obj", value(state, object.Object))
	if err := state.DoString(script); err != nil {
		return Said{"Error", err.Error()}
	}
	health, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return Said{"Error", "The script returns no table."}
	}
	return Said{lua.LVAsString(health.RawGetString("status")), lua.LVAsString(health.RawGetString("message"))}
}

func value(state *lua.LState, from any) lua.LValue {
	switch from := from.(type) {
	case bool:
		return lua.LBool(from)
	case string:
		return lua.LString(from)
	case int64:
		return lua.LNumber(from)
	case float64:
		return lua.LNumber(from)
	case []any:
		list := state.NewTable()
		for _, each := range from {
			list.Append(value(state, each))
		}
		return list
	case map[string]any:
		table := state.NewTable()
		for name, each := range from {
			table.RawSetString(name, value(state, each))
		}
		return table
	}
	return lua.LNil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
