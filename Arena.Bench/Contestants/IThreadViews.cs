namespace Arena.Bench.Contestants;

/// <summary>Memory for many threads: each takes its view once for many calls.</summary>
internal interface IThreadViews<TView>
    where TView : struct, allows ref struct
{
    /// <summary>Returns the calling thread's view.</summary>
    TView View();
}
