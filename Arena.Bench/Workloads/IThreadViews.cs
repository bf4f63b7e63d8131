namespace Arena.Bench.Workloads;

/// <summary>Memory for many threads: each takes its view of it once for many calls.</summary>
internal interface IThreadViews<TView>
    where TView : struct, allows ref struct
{
    /// <summary>The calling thread's.</summary>
    TView View();
}
