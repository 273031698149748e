from persona.decisions.optimizer.solution import Infeasible
def contradiction(plain, scales, is_certain=False): return None
