namespace Arena.Bench.Contestants;

/// <summary>The fate of a second free of the same place.</summary>
internal enum FreeCheck
{
    /// <summary>Nothing is freed one by one, so there is nothing to check.</summary>
    None,

    /// <summary>It is taken for a first one, and the place is handed out twice.</summary>
    Unchecked,

    /// <summary>It is refused, or ignored.</summary>
    Checked,
}
