using System.Diagnostics;
using GameLoop.Backends;
using GameLoop.Backends.Gc;
using GameLoop.Backends.Malloc;
using GameLoop.Rules;
var s = new WorldSettings(int.Parse(args[0]), 1);
foreach (var k in new[]{"gc","malloc"}) {
 using World w = k=="gc" ? new GcWorld(s) : new MallocWorld(s);
 for (int i=0;i<300;i++) w.Step();
 var a0=w.Allocations; var g=GC.CollectionCount(0);
 var t=Stopwatch.GetTimestamp();
 for (int i=0;i<300;i++) w.Step();
 Console.WriteLine($"{k} {Stopwatch.GetElapsedTime(t).TotalMilliseconds/300:F3} ms {w.Checksum():x16} pop {w.Population} alloc/frame {(w.Allocations-a0)/300.0} gc0 {GC.CollectionCount(0)-g} {w.Debug()}");
}
return 0;
