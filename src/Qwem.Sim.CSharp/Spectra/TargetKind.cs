namespace Qwem.Sim.Spectra;

/// <summary>A matrix made of how often words and pairs of words occur. r = P_ij / (k P_i P_j), k the negative ratio.</summary>
public enum TargetKind
{
    /// <summary>M*_xe = r - 1; a pair that never occurs has -1.</summary>
    Xe,

    /// <summary>M*_sym = 2 (r - 1) / (r + 1); a pair that never occurs has -2.</summary>
    Sym,

    /// <summary>max(ln r, 0); a pair that never occurs has 0.</summary>
    Ppmi,

    /// <summary>ln r; a pair that never occurs has the floor of the settings.</summary>
    Pmi,

    /// <summary>
    /// Pd^1/2 M Pd^1/2 with Pd = diag(p): the words subsampled by Psi_i = P_i^-s, p_i = Psi_i P_i / Z_u, and M the target of L_xe for
    /// the subsampled corpus, M_ij = Z r_ij - 1, Z = Z_u^2 / Z_j, Z_u = sum Psi_i P_i, Z_j = sum Psi_i Psi_j P_ij; a pair that never occurs has -(p_i p_j)^1/2.
    /// </summary>
    Weighted,
}
